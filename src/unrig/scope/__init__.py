"""Who has it, who embeds it?"""
