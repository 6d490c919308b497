// The runtime of hooks and of the Http component, in place of the compiler's own (its `--runtime` names this file). Most
// hooks end before anything is worth collecting, so memory is handed out in order of address, without a free list, a
// list of objects or a write barrier. What lives long is collected all at once, when memory would have to grow.

import "./collector";
