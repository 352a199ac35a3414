/** ApiVersions (18), on every port: what a server speaks. Clients send version 2, first thing on a connection. */
import { type Infer, i16, list, semver, since, string, struct } from "../codec/index.ts";
import { ErrorCode } from "../error-code.ts";
import type { Api } from "../frame.ts";

export const ApiVersionsRequest = struct("ApiVersionsRequest", {
  clientVersion: since(1, string()),
  clientOs: since(1, string()),
  clientArch: since(1, string()),
});
export type ApiVersionsRequest = Infer<typeof ApiVersionsRequest>;

export const ApiVersionKey = struct("ApiVersionKey", { apiKey: i16(), minVersion: i16(), maxVersion: i16() });
export type ApiVersionKey = Infer<typeof ApiVersionKey>;

/** Clients refuse an SC whose `platformVersion` is below 0.9.0; an SPU says 0.0.0. */
export const ApiVersionsResponse = struct("ApiVersionsResponse", {
  errorCode: ErrorCode,
  apiKeys: list(ApiVersionKey),
  platformVersion: semver("0.0.0"),
});
export type ApiVersionsResponse = Infer<typeof ApiVersionsResponse>;

export const ApiVersionsApi: Api<ApiVersionsRequest, ApiVersionsResponse> = {
  name: "ApiVersions",
  key: 18,
  minVersion: 0,
  maxVersion: 2,
  request: ApiVersionsRequest,
  response: ApiVersionsResponse,
  stream: false,
};
