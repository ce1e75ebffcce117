//! backstop-memory
