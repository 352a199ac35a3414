/** Ties a declared API to the function that answers it. */

import { type Api, decodeRequestBody, encodeResponseParts, type RequestHeader } from "@smdk/protocol";
import { PrebuiltBody, type RequestContext, type StreamContext } from "./types.ts";

/** What a route's call may do besides returning. */
export interface Call {
  readonly context: RequestContext;
  /** Queues one response frame; resolves when there is room for more. */
  respond(frame: readonly Uint8Array[]): Promise<void>;
}

/** One API as a server answers it. Made by `route` and `streamRoute`. */
export interface Route {
  readonly name: string;
  readonly key: number;
  readonly isStream: boolean;
  /** Whether nothing refers to the request any more once it is answered, so that its memory can be used again. */
  readonly releasesRequest: boolean;
  /** Decodes the body, and gives what is to be done. @throws DecodeError */
  prepare(frame: Uint8Array, header: RequestHeader): (call: Call) => Promise<void>;
}

/**
 * An API with one response per request. Requests of one connection are handled strictly one after the other. If
 * the handler throws, the connection is closed: errors that clients should see belong into the response. With
 * `releasesRequest` neither the response nor anything else may keep views of the request's bytes.
 */
export function route<Request, Response>(
  api: Api<Request, Response>,
  handler: (
    request: Request,
    context: RequestContext,
  ) => ResponseOf<Response> | Promise<ResponseOf<Response>>,
  options: { readonly releasesRequest?: boolean } = {},
): Route {
  return {
    name: api.name,
    key: api.key,
    isStream: false,
    releasesRequest: options.releasesRequest ?? false,
    prepare(frame, header) {
      const request = decodeRequestBody(api, frame, header);
      return async ({ context, respond }) => {
        const response = await handler(request, context);
        await respond(encodeFrame(api, header, response));
      };
    },
  };
}

/**
 * An API with any number of responses. The handler runs beside the other requests of its connection, which are
 * taken up at its first await; the stream is over when it returns. It has to watch `context.signal`.
 */
export function streamRoute<Request, Response>(
  api: Api<Request, Response>,
  handler: (request: Request, context: StreamContext<Response>) => Promise<void>,
): Route {
  return {
    name: api.name,
    key: api.key,
    isStream: true,
    releasesRequest: false,
    prepare(frame, header) {
      const request = decodeRequestBody(api, frame, header);
      return ({ context, respond }) =>
        handler(request, {
          ...context,
          send: (response) => respond(encodeFrame(api, header, response)),
        });
    },
  };
}

type ResponseOf<Response> = Response | PrebuiltBody;

/** Length prefix and correlation id, then the body. */
const FRAME_HEAD_BYTES = 8;

function encodeFrame<Request, Response>(
  api: Api<Request, Response>,
  header: RequestHeader,
  response: ResponseOf<Response>,
): readonly Uint8Array[] {
  if (!(response instanceof PrebuiltBody)) {
    return encodeResponseParts(api, header.apiVersion, header.correlationId, response);
  }
  const head = new Uint8Array(FRAME_HEAD_BYTES);
  const view = new DataView(head.buffer);
  view.setInt32(0, response.length + 4);
  view.setInt32(4, header.correlationId);
  return [head, ...response.parts];
}
