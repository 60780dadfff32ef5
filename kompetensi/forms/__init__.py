"""Forms: what a page may send, in which shape. They ask no questions of the database; choices are passed in."""
