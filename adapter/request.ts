import { OutboundAuthorization } from "../assembly/abi/outbound";

/** `types.request`. */
@final
export class Request {
  constructor(
    /** The index in `types.method`. */
    public method: i32,
    public url: string,
    /** Names and values by turns. */
    public headers: StaticArray<string>,
    public body: StaticArray<u8> | null,
    public authorization: OutboundAuthorization | null,
    /** Milliseconds; below 0 for none. */
    public timeout: i64,
  ) {}
}
