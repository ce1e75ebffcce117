//! backstop-e2e
