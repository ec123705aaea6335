import { createHash, randomBytes } from "node:crypto";
import type { Scope } from "@culprit/schemas";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** 62^43 is a little more than 2^256. */
const SECRET_LENGTH = 43;
const ID_LENGTH = 8;
const SHAPE = new RegExp(`^ck_[iram]_([0-9A-Za-z]{${ID_LENGTH}})[0-9A-Za-z]{${SECRET_LENGTH}}$`);

/** A key that was just made; `text` is not kept anywhere. */
export interface NewKey {
  text: string;
  key_id: string;
  key_hash: string;
}

/**
 * Makes a key: `ck_`, a letter for its scope (`i`ngest, `r`ead, `a`dmin, `m`ixed), `_`, a public id of 8 characters and
 * a secret of 43, which holds 256 bits.
 */
export function newKey(scopes: readonly Scope[]): NewKey {
  const key_id = randomText(ID_LENGTH);
  const text = `${keyPrefix(scopes, key_id)}${randomText(SECRET_LENGTH)}`;
  return { text, key_id, key_hash: digest(text).toString("hex") };
}

/** How a key begins: all of it that may be shown again. */
export function keyPrefix(scopes: readonly Scope[], keyId: string): string {
  const letter = scopes.includes("admin") ? "a" : scopes.length > 1 ? "m" : (scopes[0]?.[0] ?? "i");
  return `ck_${letter}_${keyId}`;
}

/** The public id in a key's text, or undefined for text that is no key. */
export function keyIdOf(text: string): string | undefined {
  return SHAPE.exec(text)?.[1];
}

/**
 * SHA-256 of a key, the form it is kept in.
 *
 * A slow hash (bcrypt, Argon2) makes guessing a password dear, because people's passwords are few. There are 2^256 of
 * these secrets: guessing is hopeless at any speed, so a slow hash would only slow each request down.
 */
export function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** Characters of {@link ALPHABET}, each equally likely. */
function randomText(length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      // 248 is the largest multiple of 62 in a byte; what is past it would favour the first characters.
      if (byte < 248 && text.length < length) text += ALPHABET[byte % ALPHABET.length];
    }
  }
  return text;
}
