/** A model of the hub that is offered by name. */
export interface KnownModel {
  /** On the hub. */
  readonly id: string;
  /** What people call it. */
  readonly title: string;
  /** Of its weights, rounded; the download shows the exact size. */
  readonly megabytes: number;
  /** As its card or its authors' repository says; it binds whoever uses the weights. */
  readonly licence: string;
  readonly suits: string;
  /** Published zero-shot top-1 accuracy on ImageNet in per cent; null where none was published. */
  readonly imageNet: number | null;
}

const OPENAI = 'MIT';
const NOT_STATED = 'not stated';

/**
 * Sizes are four bytes for each of open_clip's published numbers of parameters; accuracies are those of open_clip
 * (docs/openclip_results.csv) and of TinyCLIP's authors (microsoft/Cream, TinyCLIP/README.md).
 */
export const KNOWN_MODELS: readonly KnownModel[] = [
  {
    id: 'openai/clip-vit-base-patch16',
    title: 'OpenAI ViT-B/16',
    megabytes: 599,
    licence: OPENAI,
    suits: 'photos of all kinds; the model of most papers',
    imageNet: 68.3,
  },
  {
    id: 'openai/clip-vit-base-patch32',
    title: 'OpenAI ViT-B/32',
    megabytes: 605,
    licence: OPENAI,
    suits: 'photos of all kinds, four times as fast as B/16',
    imageNet: 63.3,
  },
  {
    id: 'openai/clip-vit-large-patch14',
    title: 'OpenAI ViT-L/14',
    megabytes: 1711,
    licence: OPENAI,
    suits: 'photos of all kinds, where accuracy is worth the time',
    imageNet: 75.5,
  },
  {
    id: 'timm/resnet50_clip.openai',
    title: 'OpenAI RN50',
    megabytes: 408,
    licence: OPENAI,
    suits: 'the model of the CoOp paper’s main results',
    imageNet: 59.8,
  },
  {
    id: 'timm/resnet101_clip.openai',
    title: 'OpenAI RN101',
    megabytes: 479,
    licence: OPENAI,
    suits: 'comparison with the CoOp paper',
    imageNet: 62.3,
  },
  {
    id: 'laion/CLIP-ViT-B-32-laion2B-s34B-b79K',
    title: 'LAION-2B ViT-B/32',
    megabytes: 605,
    licence: 'MIT',
    suits: 'photos and products; trained on open data',
    imageNet: 66.6,
  },
  {
    id: 'laion/CLIP-ViT-B-16-laion2B-s34B-b88K',
    title: 'LAION-2B ViT-B/16',
    megabytes: 599,
    licence: 'MIT',
    suits: 'photos and products; trained on open data',
    imageNet: 70.2,
  },
  {
    id: 'laion/CLIP-ViT-L-14-laion2B-s32B-b82K',
    title: 'LAION-2B ViT-L/14',
    megabytes: 1711,
    licence: 'MIT',
    suits: 'photos and products; trained on open data',
    imageNet: 75.3,
  },
  {
    id: 'laion/CLIP-ViT-H-14-laion2B-s32B-b79K',
    title: 'LAION-2B ViT-H/14',
    megabytes: 3945,
    licence: 'MIT',
    suits: 'photos and products, on a GPU',
    imageNet: 78.0,
  },
  {
    id: 'laion/CLIP-ViT-B-32-DataComp.XL-s13B-b90K',
    title: 'DataComp ViT-B/32',
    megabytes: 605,
    licence: 'MIT',
    suits: 'the best of the fast ones on photos',
    imageNet: 69.2,
  },
  {
    id: 'laion/CLIP-ViT-B-16-DataComp.XL-s13B-b90K',
    title: 'DataComp ViT-B/16',
    megabytes: 599,
    licence: 'MIT',
    suits: 'photos; better than OpenAI’s of its size on most data',
    imageNet: 73.5,
  },
  {
    id: 'laion/CLIP-ViT-L-14-DataComp.XL-s13B-b90K',
    title: 'DataComp ViT-L/14',
    megabytes: 1711,
    licence: 'MIT',
    suits: 'photos of all kinds, where accuracy is worth the time',
    imageNet: 79.2,
  },
  {
    id: 'apple/DFN2B-CLIP-ViT-B-16',
    title: 'DFN ViT-B/16',
    megabytes: 599,
    licence: 'Apple sample code',
    suits: 'photos of all kinds; the best B/16 on ImageNet',
    imageNet: 76.2,
  },
  {
    id: 'apple/DFN2B-CLIP-ViT-L-14',
    title: 'DFN ViT-L/14',
    megabytes: 1711,
    licence: 'Apple sample code',
    suits: 'photos of all kinds; the best L/14 on ImageNet',
    imageNet: 81.4,
  },
  {
    id: 'facebook/metaclip-b32-400m',
    title: 'MetaCLIP ViT-B/32',
    megabytes: 605,
    licence: 'CC BY-NC 4.0',
    suits: 'photos of all kinds; not for commercial use',
    imageNet: 65.6,
  },
  {
    id: 'facebook/metaclip-b16-400m',
    title: 'MetaCLIP ViT-B/16',
    megabytes: 599,
    licence: 'CC BY-NC 4.0',
    suits: 'photos of all kinds; not for commercial use',
    imageNet: 70.8,
  },
  {
    id: 'wkcn/TinyCLIP-ViT-39M-16-Text-19M-YFCC15M',
    title: 'TinyCLIP ViT-39M/16',
    megabytes: 334,
    licence: 'MIT',
    suits: 'photos, in little memory',
    imageNet: 63.5,
  },
  {
    id: 'wkcn/TinyCLIP-ViT-8M-16-Text-3M-YFCC15M',
    title: 'TinyCLIP ViT-8M/16',
    megabytes: 94,
    licence: 'MIT',
    suits: 'a first try on a slow line or computer',
    imageNet: 41.1,
  },
  {
    id: 'patrickjohncyh/fashion-clip',
    title: 'FashionCLIP ViT-B/32',
    megabytes: 605,
    licence: 'MIT',
    suits: 'clothes and shoes on white ground',
    imageNet: null,
  },
  {
    id: 'Marqo/marqo-fashionCLIP',
    title: 'Marqo FashionCLIP ViT-B/16',
    megabytes: 599,
    licence: 'Apache-2.0',
    suits: 'clothes: categories, colours, materials',
    imageNet: null,
  },
  {
    id: 'imageomics/bioclip',
    title: 'BioCLIP ViT-B/16',
    megabytes: 599,
    licence: 'MIT',
    suits: 'animals, plants and fungi, by scientific or common names',
    imageNet: null,
  },
  {
    id: 'flaviagiammarino/pubmed-clip-vit-base-patch32',
    title: 'PubMedCLIP ViT-B/32',
    megabytes: 605,
    licence: 'MIT',
    suits: 'X-ray, CT, MRI and ultrasound images; for research',
    imageNet: null,
  },
  {
    id: 'vinid/plip',
    title: 'PLIP ViT-B/32',
    megabytes: 605,
    licence: NOT_STATED,
    suits: 'stained tissue under the microscope; for research',
    imageNet: null,
  },
  {
    id: 'flax-community/clip-rsicd-v2',
    title: 'CLIP-RSICD ViT-B/32',
    megabytes: 605,
    licence: NOT_STATED,
    suits: 'aerial and satellite images',
    imageNet: null,
  },
  {
    id: 'geolocal/StreetCLIP',
    title: 'StreetCLIP ViT-L/14, 336 px',
    megabytes: 1712,
    licence: 'CC BY-NC 4.0',
    suits: 'streets and landscapes by country and region; not for commercial use',
    imageNet: null,
  },
];
