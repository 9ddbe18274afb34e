/** This runtime cannot do what was asked: a contest or peer throws it, and the report says so. It is no failure. */
export class Unavailable extends Error {}
