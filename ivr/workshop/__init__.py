"""The admin's workshop: campaigns, prompts and settings made without a terminal.

Brings files, the store, the sounds and the simulation together for the pages, which
see it as the Protocols of ivr/controller. Decides nothing that core can decide.
"""
