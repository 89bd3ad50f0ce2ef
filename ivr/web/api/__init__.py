"""The API for programs: what each route says of itself, and the document of it all."""
