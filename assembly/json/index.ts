export { Json } from "./value";
