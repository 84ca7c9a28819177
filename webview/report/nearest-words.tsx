import type { Report } from '../../src/shared/contracts/report';
import { ScrollBox } from '../common/scroll-box';

/** Vectors shown; class-specific contexts have thousands. */
const LIMIT = 64;

/** Vocabulary entries closest to each learned vector, with what the paper says of them (CoOp, section 4.4). */
export function NearestWords({ report: { nearestWords } }: { readonly report: Report }) {
  if (nearestWords.length === 0) return null;
  const several = nearestWords.some(({ slot }) => slot > 1);
  return (
    <details>
      <summary>
        <h2>Nearest words of the learned vectors</h2>
      </summary>
      <p class="note">
        Read them with care: CoOp’s authors find that most learned vectors do not correspond to words, and
        that a small distance to a word says little about what a vector means. Numbers are Euclidean distances
        between embeddings.
      </p>
      <ScrollBox label="Nearest words">
        <table class="nearest">
          <thead>
            <tr>
              <th scope="col">Vector</th>
              <th scope="col" colSpan={nearestWords[0]!.words.length}>
                Nearest first
              </th>
            </tr>
          </thead>
          <tbody>
            {nearestWords.slice(0, LIMIT).map(({ slot, vector, className, words }) => (
              <tr key={`${slot} ${vector} ${className ?? ''}`}>
                <th scope="row">
                  {several ? `${slot}.${vector}` : vector} <bdi>{className}</bdi>
                </th>
                {words.map(({ text, distance }, at) => (
                  <td key={at}>
                    {text.includes('\uFFFD') ? (
                      <em title="A token of CLIP’s vocabulary that is only a part of a character’s bytes">
                        part of a character
                      </em>
                    ) : (
                      <bdi>{text}</bdi>
                    )}{' '}
                    <span class="note">{distance.toFixed(2)}</span>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
      {nearestWords.length > LIMIT && (
        <p class="note">
          The first {LIMIT} of {nearestWords.length} vectors.
        </p>
      )}
    </details>
  );
}
