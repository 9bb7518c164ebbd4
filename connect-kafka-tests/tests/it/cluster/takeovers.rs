//! Moments at which somebody else takes over.
