//! backstop-sqlite
