import type { KeyRead } from "@/api/schema";
import type { TextKey } from "@/i18n";

/** Names of the scopes, from the narrowest to the widest. */
export const SCOPES: Record<KeyRead["scope"], TextKey> = {
  read: "settings.scopeRead",
  edit: "settings.scopeEdit",
  admin: "settings.scopeAdmin",
};
