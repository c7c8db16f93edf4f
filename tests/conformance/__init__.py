"""The provider as portals meet it, over real HTTP, judged by the specifications and by nothing else."""
