// The public API of the SC: which API is answered by what.
import {
  type Api,
  ApiVersionsApi,
  CreateApi,
  DeleteApi,
  ListApi,
  MirroringApi,
  UpdateApi,
  WatchApi,
} from "@smdk/protocol";
import { type Route, route, streamRoute } from "../../net/index.ts";
import type { ScContext } from "./context.ts";
import { handleCreate } from "./create.ts";
import { handleDelete } from "./delete.ts";
import { handleList } from "./list.ts";
import { handleUpdate } from "./update.ts";
import { Watches } from "./watch.ts";

/** What the server claims to be: clients refuse less than 0.9.0. The version whose behaviour is followed. */
export const PLATFORM_VERSION = "0.18.2-dev-1";

/** In the order in which they are listed to clients. */
const ADVERTISED = [CreateApi, DeleteApi, ListApi, WatchApi, MirroringApi, UpdateApi] as readonly Api[];

export function publicRoutes(context: ScContext): Route[] {
  const watches = new Watches(context.stores);
  const apiKeys = ADVERTISED.map(({ key, minVersion, maxVersion }) => ({
    apiKey: key,
    minVersion,
    maxVersion,
  }));
  return [
    route(ApiVersionsApi, () => ({
      errorCode: { kind: "None" },
      apiKeys,
      platformVersion: PLATFORM_VERSION,
    })),
    route(CreateApi, (request, call) => handleCreate(context, request, call.signal)),
    route(DeleteApi, (request, call) => handleDelete(context, request, call.signal)),
    route(ListApi, (request, call) => handleList(context, request, call.apiVersion)),
    route(UpdateApi, (request) => handleUpdate(context, request)),
    streamRoute(WatchApi, (request, call) => watches.handle(request, call)),
    streamRoute(MirroringApi, (_request, call) =>
      call.send({
        name: "mirroring",
        errorCode: { kind: "Other", value: "this cluster does not mirror topics" },
        errorMessage: "this cluster does not mirror topics",
        topics: [],
      }),
    ),
  ];
}
