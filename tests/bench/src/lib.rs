//! backstop-bench
