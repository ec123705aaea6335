import { isValidPhoneNumber } from "libphonenumber-js/min";
import type { ScrubRule } from "./scrub-rules.ts";

/** A digit string that ends in its Luhn check digit. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let at = digits.length - 1, double = false; at >= 0; at--, double = !double) {
    const digit = Number(digits[at]) * (double ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
}

/** An IBAN whose check digits are right (ISO 7064 mod 97). */
export function iban(text: string): boolean {
  const plain = text.replace(/ /g, "");
  if (plain.length < 15 || plain.length > 34) return false;
  const moved = plain.slice(4) + plain.slice(0, 4);
  let rest = 0;
  for (const sign of moved) {
    const value = /\d/.test(sign) ? Number(sign) : sign.charCodeAt(0) - 55;
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** Numbers of the ranges that cards are issued in; a long id hardly is one. */
const CARD =
  /^(?:4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|6(?:011|5\d\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11})$/;

const only =
  (word: string, holds: (match: string) => boolean): NonNullable<ScrubRule["replace"]> =>
  (match) =>
    holds(match) ? `[${word}]` : match;

/**
 * What points to a person and has a shape of its own. Names and postal addresses have none: no rule finds them without
 * taking ordinary words for them. A number is only taken out when its check digits, or the numbering plan, say that it is
 * one.
 */
export const PERSONAL_RULES: readonly ScrubRule[] = [
  {
    kind: "person",
    word: "iban",
    pattern: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/g,
    replace: only("iban", iban),
  },
  {
    kind: "person",
    word: "card",
    pattern: /(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])/g,
    replace: only("card", (match) => {
      const digits = match.replace(/[ -]/g, "");
      return CARD.test(digits) && luhn(digits);
    }),
  },
  {
    kind: "person",
    word: "phone",
    pattern: /(?<![\w.+-])\+\d{1,3}(?:[ .()-]{0,2}\d){6,13}(?!\d)/g,
    replace: only("phone", (match) => isValidPhoneNumber(match)),
  },
  {
    kind: "person",
    word: "phone",
    pattern: /(?<![\w.+/-])(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-.]\d{4}(?![\w-]|\.\d)/g,
    replace: only("phone", (match) => isValidPhoneNumber(match, "US")),
  },
  {
    // US social security numbers: never 000, 666 or 9xx, no part all zeros.
    kind: "person",
    word: "ssn",
    pattern: /(?<![\w.-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])/g,
  },
];
