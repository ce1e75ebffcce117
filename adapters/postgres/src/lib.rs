//! backstop-postgres
