/** What a hub needs of the outside world. */
import { type Env, type Http, nodeEnv, nodeHttp } from "../env/index.ts";

export type HubEnv = Pick<Env, "clock" | "random" | "disk"> & { readonly http: Http };

/** This machine's. */
export function nodeHubEnv(): HubEnv {
  const { clock, random, disk } = nodeEnv();
  return { clock, random, disk, http: nodeHttp() };
}
