/** The input cannot be read as what it is said, or was taken, to be: no fault of whoever speaks WebSocket in it. */
export class InputError extends Error {
  /** Always "InputError". */
  override readonly name: string = "InputError";
}
