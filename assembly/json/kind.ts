// The kinds of a JSON value; the last two have a container.

export const MISSING: u8 = 0;
export const NULL: u8 = 1;
export const BOOL: u8 = 2;
export const NUMBER: u8 = 3;
export const STRING: u8 = 4;
export const ARRAY: u8 = 5;
export const OBJECT: u8 = 6;
