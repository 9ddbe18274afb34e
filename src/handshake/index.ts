export type { HeaderFields } from "./headers.ts";
export { acceptKey, isKey, type Sha1 } from "./key.ts";
export { checkUpgrade, type Refusal, type Upgrade, type UpgradeRequest, VERSION } from "./request.ts";
export { rejection, type UpgradeResponseOptions, upgradeResponse } from "./response.ts";
