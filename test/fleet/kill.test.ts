import { expect, test } from "vitest";
import { proveKills } from "./kill-proof.ts";

const KILLS = 5;

test("a process killed while it refreshes loses no token that was given out, and no refresh token is sent twice", async () => {
  const { kills, refreshes, sentTwice, refused, lost, other } = await proveKills(KILLS, Math.random);
  expect({ kills, sentTwice, refused, lost, other }).toEqual({
    kills: KILLS,
    sentTwice: 0,
    refused: 0,
    lost: 0,
    other: [],
  });
  expect(refreshes).toBeGreaterThanOrEqual(KILLS);
}, 120_000);
