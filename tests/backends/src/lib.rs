//! backstop-backends
