"""New projects: the plan, the rendering, the first commit, the smoke run."""
