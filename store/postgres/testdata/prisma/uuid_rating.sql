-- A teaching shop: uuid ids made by the database, rating for avgRating, no flag for publishing, no table of categories.
CREATE TABLE "Product" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "name" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "category" TEXT NOT NULL,
    "images" TEXT[],
    "brand" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "stock" INTEGER NOT NULL,
    "price" DECIMAL(12,2) NOT NULL DEFAULT 0,
    "rating" DECIMAL(3,2) NOT NULL DEFAULT 0,
    "numReviews" INTEGER NOT NULL DEFAULT 0,
    "isFeatured" BOOLEAN NOT NULL DEFAULT false,
    "banner" TEXT,
    "createdAt" TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Product_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "product_slug_idx" ON "Product"("slug");

INSERT INTO "Product" ("id", "name", "slug", "category", "images", "brand", "description", "stock", "price", "rating", "createdAt") VALUES
    ('00000000-0000-0000-0000-00000000000b', 'Oxford', 'oxford', 'Shirts', '{/1.jpg}', 'Polo', '', 5, 59.99, 4.5, '2024-01-01'),
    ('00000000-0000-0000-0000-00000000000a', 'Slim', 'slim', 'Shirts', '{/2.jpg}', 'Brooks', '', 0, 85.9, 4.5, '2024-02-01'),
    ('00000000-0000-0000-0000-00000000000c', 'Tall', 'tall', 'Shirts', '{/3.jpg}', 'Tommy', '', 3, 99.95, 4.5, '2024-02-01'),
    ('00000000-0000-0000-0000-00000000000d', 'Hoodie', 'hoodie', 'Sweats', '{/4.jpg}', 'Nike', '', 3, 34.99, 0, 'infinity');
