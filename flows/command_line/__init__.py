"""The command `matsluice`: one small file a command."""
