import { publishedSet } from '../../shared/template/published-sets';

/** The published set with CoOp's hand-written template of a data set; `photo` for all others. */
const SET_OF: Readonly<Record<string, string>> = {
  OxfordPets: 'pets',
  OxfordFlowers: 'flowers',
  FGVCAircraft: 'aircraft',
  Food101: 'food',
  DescribableTextures: 'textures',
  EuroSAT: 'satellite',
  UCF101: 'actions',
};

/** The hand-written template that the paper compares with on a data set (CoOp, trainers/zsclip.py). */
export function ownTemplate(dataset: string): string {
  return publishedSet(SET_OF[dataset] ?? 'photo')![0]!;
}
