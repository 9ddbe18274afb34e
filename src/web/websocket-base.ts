import { ConnectionFailed } from "../adapter/message-queue.ts";
import { TaskQueue } from "../adapter/task-queue.ts";
import type { Closure, ConnectionHandler } from "../connection/handler.ts";
import { ReadyState } from "../connection/ready-state.ts";
import type { Message } from "../message/message.ts";
import { CloseCode } from "../protocol/close-code.ts";
import { EventHandlers } from "./event-handlers.ts";
import { Outbox } from "./outbox.ts";
import { throwAnew } from "./throw-anew.ts";
import { checkCode, checkProtocols, checkReason, readMessage, resolveUrl } from "./websocket-arguments.ts";
import { CloseEvent, ErrorEvent } from "./websocket-events.ts";
import {
  type Connect,
  type ConnectOptions,
  notingAnswer,
  type OpenConnection,
  readOptions,
  type WebSocketOptions,
} from "./websocket-options.ts";

const { Connecting, Open, Closing, Closed } = ReadyState;

/** The WHATWG's WebSocket, over any `connect`: `webSocketOver` makes a class of it. */
export class WebSocketBase extends EventTarget {
  readonly #url: URL;
  readonly #handlers: EventHandlers = new EventHandlers(this);
  readonly #attempt = new AbortController();
  #state: ReadyState = Connecting;
  #connection: OpenConnection | undefined;
  #outbox: Outbox | undefined;
  /** Bytes that were sent, once it was closing, where there had been no connection. */
  #unconnected = 0;
  #protocol = "";
  #extensions = "";
  #binaryType: BinaryType = "blob";
  /** What came before it was known that the connection is open; none once it is, or has failed. */
  #early: (() => void)[] | undefined = [];
  readonly #tasks = new TaskQueue();
  /** How many tasks are queued for the opening and for messages, or run. */
  #untold = 0;
  /** Whether "close" is queued: nothing comes after it. */
  #ended = false;

  /** @throws DOMException SyntaxError when the URL or the subprotocols are none. */
  constructor(connect: Connect<ConnectOptions>, url: unknown, protocolsOrOptions: unknown) {
    super();
    const { protocols, base, ...options } = readOptions(protocolsOrOptions);
    this.#url = resolveUrl(url, base ?? globalThis.location?.href);
    void this.#open(connect, checkProtocols(protocols), options);
  }

  get url(): string {
    return this.#url.href;
  }

  get readyState(): ReadyState {
    // "When the WebSocket closing handshake is started", but not before what came ahead of it was told.
    const closing = this.#untold === 0 && (this.#connection?.readyState ?? Open) >= Closing;
    return this.#state === Open && closing ? Closing : this.#state;
  }

  get bufferedAmount(): number {
    return this.#outbox?.amount ?? this.#unconnected;
  }

  get extensions(): string {
    return this.#extensions;
  }

  get protocol(): string {
    return this.#protocol;
  }

  get binaryType(): BinaryType {
    return this.#binaryType;
  }

  set binaryType(type: BinaryType) {
    // Web IDL: what is no value of an enumeration is not assigned.
    if (`${type}` === "blob" || `${type}` === "arraybuffer") this.#binaryType = `${type}`;
  }

  /**
   * @throws DOMException InvalidStateError while the connection is not open yet.
   * @throws TypeError without an argument, or when it has no string to send.
   */
  send(...data: readonly unknown[]): void {
    if (data.length === 0) throw new TypeError("send needs one argument");
    const { opcode, payload } = readMessage(data[0]);
    if (this.#state === Connecting) throw new DOMException("the WebSocket is not open yet", "InvalidStateError");
    if (this.#outbox !== undefined) this.#outbox.send(opcode, payload);
    else this.#unconnected += payload instanceof Blob ? payload.size : payload.length;
  }

  /** @throws DOMException InvalidAccessError for a wrong code, SyntaxError for a reason that is too long. */
  close(code: unknown = undefined, reason: unknown = undefined): void {
    const status = checkCode(code);
    const text = checkReason(reason);
    if (this.#state >= Closing) return;
    this.#state = Closing;
    if (this.#outbox !== undefined) {
      this.#outbox.close(status, text);
    } else {
      // "If the WebSocket connection is not yet established: Fail the WebSocket connection".
      this.#fail(new Error("the WebSocket was closed before it was open"));
      this.#attempt.abort();
    }
  }

  get [Symbol.toStringTag](): string {
    return "WebSocket";
  }

  static {
    const { prototype } = WebSocketBase;
    for (const [name, value] of Object.entries({
      CONNECTING: Connecting,
      OPEN: Open,
      CLOSING: Closing,
      CLOSED: Closed,
    })) {
      for (const target of [WebSocketBase, prototype]) Object.defineProperty(target, name, { value, enumerable: true });
    }
    for (const type of ["open", "message", "error", "close"]) {
      Object.defineProperty(prototype, `on${type}`, {
        get(this: WebSocketBase) {
          return this.#handlers.get(type);
        },
        set(this: WebSocketBase, handler: unknown) {
          this.#handlers.set(type, handler);
        },
        configurable: true,
      });
    }
    // Web IDL: attributes and operations are enumerable, and an operation's length is that of its arguments.
    for (const name of Object.getOwnPropertyNames(prototype)) {
      if (name !== "constructor") Object.defineProperty(prototype, name, { enumerable: true });
    }
    Object.defineProperty(prototype.send, "length", { value: 1 });
  }

  // ---- The connection.

  async #open(connect: Connect<ConnectOptions>, protocols: string[], options: WebSocketOptions): Promise<void> {
    const { signal } = this.#attempt;
    const handler: ConnectionHandler = {
      onMessage: (message) => this.#receive(message),
      onDrain: () => this.#outbox?.settle(),
      onClose: (closure) => this.#closed(closure),
    };
    let extensions = "";
    const note = (answer: string): void => {
      extensions = answer;
    };
    const extension = notingAnswer(options.extension, note);
    let connection: OpenConnection;
    try {
      // `parseUri` has no backslashes, which the URL standard leaves in queries.
      const uri = this.url.replaceAll("\\", "%5C");
      connection = await connect(uri, { ...options, protocols, extension, handler, signal });
      if (typeof connection?.send !== "function") throw new TypeError("connect must give a connection");
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (this.#early === undefined) {
      connection.abort();
      return;
    }
    // "If protocols is not the empty list and extracting header list values given `Sec-WebSocket-Protocol` ... results in
    // null, failure, or the empty byte sequence, then fail the WebSocket connection."
    if (protocols.length > 0 && connection.protocol === undefined) {
      this.#fail(new Error("the server speaks none of the subprotocols"));
      connection.abort();
      return;
    }
    this.#connection = connection;
    this.#outbox = new Outbox(connection, (error) => {
      this.#fail(error);
      connection.abort();
    });
    const early = this.#early;
    this.#early = undefined;
    this.#queueAhead(() => this.#opened(connection.protocol ?? "", extensions));
    for (const task of early) this.#tasks.push(task);
  }

  /** Runs `task` as a task of its own, once it is known that the connection is open. */
  #queue(task: () => void): void {
    if (this.#early !== undefined) this.#early.push(task);
    else this.#tasks.push(task);
  }

  /** The same for one that is to run before the closing handshake shows. */
  #queueAhead(task: () => void): void {
    this.#untold++;
    this.#queue(() => {
      task();
      this.#untold--;
    });
  }

  #receive(message: Message): void {
    // "If ready state is not OPEN (1), then return", which it will not be again.
    if (this.#state >= Closing) return;
    // Copied, since what it lies in may be read into again.
    const data = message.type === "text" ? message.text() : message.data.slice();
    this.#queueAhead(() => this.#tell(data));
  }

  #closed(closure: Closure): void {
    this.#end(closure, closure.clean ? undefined : new ConnectionFailed(closure));
  }

  /** RFC 6455 §7.1.7, without a connection or before its end. */
  #fail(error: unknown): void {
    // What came early is dropped, be it an end.
    if (this.#early !== undefined) this.#ended = false;
    this.#early = undefined;
    this.#end({ code: CloseCode.Abnormal, reason: "", clean: false }, error);
  }

  #end(how: Pick<Closure, "code" | "reason" | "clean">, error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#outbox?.stop(how.clean);
    this.#queue(() => this.#tellEnd(how, error));
  }

  // ---- The tasks of the standard's "Feedback from the protocol".

  #opened(protocol: string, extensions: string): void {
    // `close` may have been called since.
    if (this.#state !== Connecting) return;
    this.#state = Open;
    this.#extensions = extensions;
    this.#protocol = protocol;
    this.#dispatch(new Event("open"));
  }

  #tell(received: string | Uint8Array<ArrayBuffer>): void {
    if (this.#state !== Open) return;
    const data = typeof received === "string" ? received : this.#asBinary(received);
    this.#dispatch(new MessageEvent("message", { data, origin: this.#url.origin }));
  }

  #asBinary(bytes: Uint8Array<ArrayBuffer>): Blob | ArrayBuffer {
    return this.#binaryType === "blob" ? new Blob([bytes]) : bytes.buffer;
  }

  #tellEnd({ code, reason, clean }: Pick<Closure, "code" | "reason" | "clean">, error: unknown): void {
    this.#state = Closed;
    // "If the user agent was required to fail the WebSocket connection ..., fire an event named error".
    if (!clean) this.#dispatch(new ErrorEvent("error", { error, message: describe(error) }));
    this.#dispatch(new CloseEvent("close", { wasClean: clean, code, reason }));
  }

  #dispatch(event: Event): void {
    // In Cloudflare's runtime, this throws what a listener has thrown.
    try {
      this.dispatchEvent(event);
    } catch (error) {
      throwAnew(error);
    }
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
