// A bare connection for replaying frames: sends them as they are, and keeps what comes back by correlation id.
import { connect, type Socket } from "node:net";
import { decodeResponseHeader, FrameSplitter } from "@smdk/protocol";

const PATIENCE_MS = 20_000;

export class ReplayConnection {
  readonly #socket: Socket;
  readonly #received = new Map<number, Uint8Array[]>();
  #changed: () => void = () => {};
  #closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    const splitter = new FrameSplitter();
    socket.on("data", (chunk) => {
      for (const frame of splitter.push(chunk)) {
        const { correlationId } = decodeResponseHeader(frame);
        const frames = this.#received.get(correlationId);
        if (frames === undefined) this.#received.set(correlationId, [frame]);
        else frames.push(frame);
      }
      this.#changed();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#closed = true;
      this.#changed();
    });
  }

  /** `address` is `host:port`. */
  static async open(address: string): Promise<ReplayConnection> {
    const { hostname, port } = new URL(`tcp://${address}`);
    const socket = connect(Number(port), hostname);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new ReplayConnection(socket);
  }

  send(frame: Uint8Array): void {
    const framed = new Uint8Array(4 + frame.length);
    new DataView(framed.buffer).setInt32(0, frame.length);
    framed.set(frame, 4);
    this.#socket.write(framed);
  }

  /** The next frame of a correlation id that was not taken yet. */
  async next(correlationId: number, what: string): Promise<Uint8Array> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const frame = this.#received.get(correlationId)?.shift();
      if (frame !== undefined) return frame;
      if (this.#closed) throw new Error(`the connection was closed instead of an answer to ${what}`);
      if (Date.now() > deadline) throw new Error(`no answer to ${what}`);
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
        timer = setTimeout(resolve, deadline - Date.now());
      });
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}
