import { pythonString } from './string-literal';

/** Opening of the exported prompt, the same for every Python library: class names, token ids, and where vectors go. */
export const openPrompt = (
  file: string,
): string => `with safe_open(${pythonString(file)}, framework="pt") as file:
    about = file.metadata()
    classes = json.loads(about["classes"])
    input_ids = file.get_tensor("input_ids")  # [classes, tokens], 0 where a learned vector goes
    vector_index = file.get_tensor("vector_index")  # [classes, tokens], which vector; -1 for a token
    vectors = file.get_tensor("vectors")  # [vectors, width]


def insert_vectors(module, inputs, embedded):
    learned = vectors[vector_index.clamp(min=0)].to(embedded)
    return torch.where((vector_index >= 0).unsqueeze(-1), learned, embedded)
`;

/** The answer for one image feature, printed. */
export const PRINT_BEST = `        scale = float(about["logit_scale"]) / float(about.get("temperature", 1))
        probabilities = (scale * image @ text.T).softmax(dim=-1)[0]
        best = int(probabilities.argmax())
        sure = float(probabilities[best])
        answer = "none of these" if sure < float(about.get("threshold", 0)) else classes[best]
        print(path, answer, f"{sure:.3f}", sep="\\t")
`;
