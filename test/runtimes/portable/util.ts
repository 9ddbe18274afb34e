import { chai } from "vitest";

export const isDeepStrictEqual = (one: unknown, other: unknown): boolean => chai.util.eql(one, other);
