import { describe, expect, test } from "vitest";
import { hubspotId, portalId, salesforceId, stripeChild, stripeId } from "../../src/sandbox/company/ids.ts";

const july = { month: 2026 * 12 + 6, index: 42, record: 0 };

describe("the ids of the sandbox", () => {
  test("are of the vendors' own shapes", () => {
    expect(hubspotId(3, july)).toBe("33180004200");
    expect(salesforceId("006", july)).toMatch(/^006[0-9A-Za-z]{15}$/);
    expect(stripeId(1, "in", july)).toMatch(/^in_1Q[0-9A-Za-z]{14}$/);
    expect(portalId("REG", july)).toBe("REG-2607-0042");
    expect(stripeChild("pi", "inpay_1QabcDEF")).toBe("pi_3QabcDEF");
  });

  test("end in Salesforce's check characters, which tell capitals from small letters", () => {
    const id = salesforceId("001", july);
    const bits = [0, 5, 10].map((start) =>
      [...id.slice(start, start + 5)].reduce((sum, letter, place) => sum + (/[A-Z]/.test(letter) ? 2 ** place : 0), 0),
    );
    expect(id.slice(15)).toBe(bits.map((bit) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bit]).join(""));
  });

  test("are higher for later records in HubSpot and Salesforce", () => {
    const august = { ...july, month: july.month + 1, index: 0 };
    const second = { ...july, record: 1 };
    for (const make of [
      (place: typeof july) => hubspotId(3, place),
      (place: typeof july) => salesforceId("006", place),
    ]) {
      expect([make(august), make(second), make(july)].sort()).toEqual([make(july), make(second), make(august)]);
    }
  });
});
