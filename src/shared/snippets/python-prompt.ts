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
export const PRINT_BEST = `        probabilities = (float(about["logit_scale"]) * image @ text.T).softmax(dim=-1)[0]
        best = int(probabilities.argmax())
        print(path, classes[best], f"{float(probabilities[best]):.3f}", sep="\\t")
`;
