"""The servers a run stands on: started with it, inside its workspace, and gone with it."""
