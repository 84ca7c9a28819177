import type { ScanResult } from '../../shared/contracts/scan';
import { sameNameFolders } from '../../shared/format/same-name';

/** What a scan found that makes numbers mean less than they seem to, in sentences. */
export function scanWarnings({ sameNames }: ScanResult): string[] {
  return sameNames.map(
    same => `CLIP reads one name, “${same.name}”, in ${sameNameFolders(same)}: the first class always wins.`,
  );
}
