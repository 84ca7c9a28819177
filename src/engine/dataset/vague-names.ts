/** Why a class name, as it stands in prompts, says nothing to CLIP; null for one that may. */
export function vagueReason(name: string): string | null {
  if (/^\d+$/.test(name)) return 'a number';
  if (/^n\d{8}$/i.test(name)) return 'a WordNet id';
  if (/^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]$/u.test(name)) return 'a single letter';
  if (/^(class|label|category|cat|group|type|folder|cluster)[ _-]?\d+$/i.test(name))
    return 'a numbered placeholder';
  if (/^(untitled|new folder|unknown|misc|none|null|other|others|test|temp|tmp)( ?\(?\d*\)?)?$/i.test(name))
    return 'a placeholder';
  if (/^[0-9a-f]{8,}$/i.test(name) || /^[^\p{L}]+$/u.test(name)) return 'no word';
  return null;
}
