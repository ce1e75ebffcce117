//! backstop-architecture
