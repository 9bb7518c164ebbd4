//! What must hold on every machine; times are never asserted.

mod allocations;
