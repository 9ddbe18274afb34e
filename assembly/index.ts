export { mask } from "./mask";
export { scan } from "./scan";
export { validateUtf8 } from "./utf8";
