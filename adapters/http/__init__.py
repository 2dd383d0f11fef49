"""The HTTP API: Litestar on uvicorn, and what both leave open, closed."""
