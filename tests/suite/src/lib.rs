//! backstop-suite
