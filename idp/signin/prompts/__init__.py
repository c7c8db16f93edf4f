"""The screens that can stand in the way, one file each. None knows another: each settles its fact and returns to the
dispatcher."""
