"""Facts and passages -> a reply whose every figure has a source."""
