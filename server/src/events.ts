/**
 * The single place where the server announces what happens in it, through `node:diagnostics_channel`.
 * Metrics and tests subscribe; nobody listening costs next to nothing.
 */

import { type Channel, channel } from "node:diagnostics_channel";

/** Message of each channel, by the channel's name behind `smdk:server:`. */
export interface ServerEvents {
  "connection:open": { readonly server: string; readonly connectionId: number; readonly remote: string };
  "connection:close": { readonly server: string; readonly connectionId: number; readonly reason: string };
  "request:end": {
    readonly server: string;
    readonly connectionId: number;
    readonly api: string;
    readonly version: number;
    readonly clientId: string;
    readonly durationMs: number;
  };
  "log:append": {
    readonly log: string;
    readonly batches: number;
    readonly bytes: number;
    readonly writes: number;
  };
  "log:append-failed": { readonly log: string; readonly error: string };
  "log:roll": { readonly log: string; readonly baseOffset: bigint };
  "log:clean": {
    readonly log: string;
    readonly segments: number;
    readonly bytes: number;
    readonly logStart: bigint;
  };
  "log:recover": { readonly log: string; readonly cutBytes: number; readonly leo: bigint };
}

const PREFIX = "smdk:server:";
const channels = new Map<string, Channel>();

/** Full name of a channel, for `diagnostics_channel.subscribe`. */
export function eventChannel(name: keyof ServerEvents): string {
  return PREFIX + name;
}

/** Announces an event; the message is only built when somebody listens. */
export function emit<Name extends keyof ServerEvents>(name: Name, message: () => ServerEvents[Name]): void {
  let target = channels.get(name);
  if (target === undefined) {
    target = channel(PREFIX + name);
    channels.set(name, target);
  }
  if (target.hasSubscribers) target.publish(message());
}
