// The WebSocket to the server as JsSIP wants it, with one thing more: it can be
// given up at once. A WebSocket whose network has gone, or whose server took the
// connection and says nothing (it is just starting), would say so after minutes.

import type { Socket } from "jssip/lib/Socket";

const CONNECT_MS = 4000;

export class Link {
  via_transport = "WSS";
  readonly sip_uri: string;
  readonly url: string;
  onconnect: () => void = () => {};
  ondisconnect: (error: boolean, code?: number, reason?: string) => void = () => {};
  ondata: (data: unknown) => void = () => {};
  /** When anything was last heard, in milliseconds of performance.now(). */
  heardAt = 0;
  #socket: WebSocket | null = null;
  #patience: ReturnType<typeof setTimeout> | undefined;

  /** @throws TypeError when `url` is no WebSocket's address. */
  constructor(url: string) {
    const { protocol, host } = new URL(url);
    if (protocol !== "wss:") throw new TypeError(`${url} is no wss address`);
    this.url = url;
    this.sip_uri = `sip:${host};transport=ws`;
  }

  connect(): void {
    if (this.#socket !== null) return;
    const socket = new WebSocket(this.url, "sip");
    socket.binaryType = "arraybuffer";
    this.#patience = setTimeout(() => this.giveUp(), CONNECT_MS);
    socket.onopen = () => {
      clearTimeout(this.#patience);
      this.heardAt = performance.now();
      this.onconnect();
    };
    socket.onmessage = ({ data }) => {
      this.heardAt = performance.now();
      this.ondata(data);
    };
    socket.onclose = ({ wasClean, code, reason }) => {
      clearTimeout(this.#patience);
      this.#socket = null;
      this.ondisconnect(!wasClean, code, reason);
    };
    this.#socket = socket;
  }

  disconnect(): void {
    const socket = this.#socket;
    if (socket === null) return;
    clearTimeout(this.#patience);
    this.#socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** Take the connection for dead: JsSIP tries again. */
  giveUp(): void {
    if (this.#socket === null) return;
    this.disconnect();
    this.ondisconnect(true, 1006, "nothing heard");
  }

  send(message: string | ArrayBufferLike | Blob | ArrayBufferView): boolean {
    if (!this.isConnected()) return false;
    this.#socket?.send(message as string);
    return true;
  }

  isConnected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  isConnecting(): boolean {
    return this.#socket?.readyState === WebSocket.CONNECTING;
  }

  /** Return itself under the name that JsSIP's types know. */
  asSocket(): Socket {
    return this as unknown as Socket;
  }
}
