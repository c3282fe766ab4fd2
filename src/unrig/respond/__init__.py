"""What must be sent, blocked, replaced?"""
