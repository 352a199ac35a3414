/** What a TLS proxy tells an SC with an authorization policy about the client, as first frame of the connection. */
import { bool, type Infer, list, string, struct } from "../../codec/index.ts";
import type { Api } from "../../frame.ts";

/** `scopes` are role names. */
export const AuthRequest = struct("AuthRequest", { principal: string(), scopes: list(string()) });
export type AuthRequest = Infer<typeof AuthRequest>;

/** Sent with correlation id 0, whatever the request had. */
export const AuthResponse = struct("AuthResponse", { success: bool() });
export type AuthResponse = Infer<typeof AuthResponse>;

export const AuthApi: Api<AuthRequest, AuthResponse> = {
  name: "Auth",
  key: 8,
  minVersion: 0,
  maxVersion: 0,
  request: AuthRequest,
  response: AuthResponse,
  stream: false,
};
