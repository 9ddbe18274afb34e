export { mask } from "./mask.ts";
export { scan } from "./scan.ts";
export { validateUtf8 } from "./utf8.ts";
