"""Where has the release run, and what has it done?"""
