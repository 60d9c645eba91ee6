"""What a JSON document holds, for what is kept over restarts."""

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
